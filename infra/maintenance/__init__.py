"""Long work on the tables of a stage, each a process of its own with the settings of the deployed functions."""
