"""The demo bank, over the public API only: `seed` creates its people and accounts, `story` plays a story."""
