"""Checks the templates of all stages with cfn-lint and checkov; what they may find is explained in accepted.toml."""
