"""The demo bank, over the public API only: `seed` makes its people and accounts, `story` tells what the bank does."""
