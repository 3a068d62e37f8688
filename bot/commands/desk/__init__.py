"""The front desk: what is typed becomes a command, is checked, carried out and answered."""
