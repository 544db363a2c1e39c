"""The workspace for a character's pictures, beside PayloadCMS. `app.main` puts it together."""

__version__ = "0.1.0"
