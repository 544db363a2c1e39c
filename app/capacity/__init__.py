"""What a process has only so much of: shares of it for each person, room on the disk."""
