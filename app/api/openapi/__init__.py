"""The OpenAPI document: components, examples, responses."""
