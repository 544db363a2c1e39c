"""What is read from and written to Payload, one file per collection, and who is calling."""
