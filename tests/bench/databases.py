"""Make and drop the databases of a bench: the one that is filled, and a copy of it for each row."""

import os
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
from django.db import connections

BENCH, FILLED = "bench", "bench_filled"


def execute_on_server(statement, url):
    """Execute a statement in the database that bin/bench was given, which is none of these."""
    with psycopg.connect(url._replace(scheme="postgresql").geturl(), autocommit=True) as connection:
        connection.execute(statement)


def drop_databases(url):
    for name in (BENCH, FILLED):
        execute_on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", url)


def close_connections():
    for connection in connections.all(initialized_only=True):
        connection.close()
        if connection.pool:
            connection.close_pool()


def set_filled_aside():
    """Keep the filled database as the one that each row gets a copy of."""
    close_connections()
    execute_on_server(f"ALTER DATABASE {BENCH} RENAME TO {FILLED}", server_url())


@contextmanager
def copy_of_filled():
    """Make the database of one row, as it was filled: no row finds what another has left. Drops it in the end."""
    execute_on_server(f"CREATE DATABASE {BENCH} TEMPLATE {FILLED}", server_url())
    try:
        yield
    finally:
        close_connections()
        execute_on_server(f"DROP DATABASE {BENCH} WITH (FORCE)", server_url())


def server_url():
    return urlsplit(os.environ["BENCH_SERVER"])
