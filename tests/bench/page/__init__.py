"""What the workspace costs who looks at it: bytes, time until it is seen, requests, and Lighthouse's opinion."""
