"""Parts of pages that all apps share; knows no app."""
