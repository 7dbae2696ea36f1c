"""Template filters that describe a signed-in session on the account pages."""

from django import template

from incidents.accounts.devices import device_name

register = template.Library()
register.filter(device_name)
