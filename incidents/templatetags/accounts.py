"""What the pages of accounts show of a session."""

from django import template

from incidents.accounts.devices import device_name

register = template.Library()
register.filter(device_name)
