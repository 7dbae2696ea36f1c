"""Page parts shared by all apps; imports no app."""
