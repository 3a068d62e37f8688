"""What wireroom's work costs, each measured against a floor in the same run: `python -m bench`."""
