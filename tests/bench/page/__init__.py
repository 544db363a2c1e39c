"""Measure a page of the workspace: bytes, paint times, requests, interactions, and Lighthouse's scores."""
