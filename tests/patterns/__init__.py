"""Every page in every state on one page, with made-up data: to look at while designing, and for axe."""
