"""One file per thing a user does. A use case takes its clients as arguments and knows no web framework."""
