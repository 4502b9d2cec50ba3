"""The web console's files: what is vendored in them, and how they reach the stack's bucket."""
