"""What any request meets: server, access log, security headers, checks, authentication."""
