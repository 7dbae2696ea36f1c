"""Define the three database roles: owner, service and reader (docs/adr/0024).

The owner creates and alters tables and is used by `manage.py migrate` only. The service, used by everything else, owns
nothing. The reader selects what statistics and open data are made of.
"""
