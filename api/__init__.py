"""The service: HTTP routes, 61968-100 endpoint and page."""
