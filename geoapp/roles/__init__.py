"""Define the three database roles: owner, service and reader (docs/adr/0024).

The owner makes and changes tables, and nobody but `manage.py migrate` is it. The service, which everything else runs
as, owns nothing. The reader reads what statistics and open data are made of.
"""
