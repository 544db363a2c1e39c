"""The workspace for a character's pictures, beside PayloadCMS. `app.main` puts it together."""
