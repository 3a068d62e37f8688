"""The only fakes: servers on 127.0.0.1."""
