"""Plugins for LocalStack's open runtime in host mode, in LocalStack's own process: they import nothing of the bank."""
