"""Words and places turned into one another: parsing Vietnamese addresses, suggestions, points to areas and streets.

Asks `gazetteer` for names; knows nothing of editions on their way in, nor of incidents.
"""
