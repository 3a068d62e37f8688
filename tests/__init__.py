"""The laws that wireroom keeps."""
