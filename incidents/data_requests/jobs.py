"""Jobs that delete personal data after its retention period."""

from procrastinate.contrib.django import app

from incidents.data_requests import requests as data_requests


@app.periodic(cron="11 * * * *")
@app.task(name="incidents.forget_chats", queueing_lock="incidents.forget_chats")
def forget_chats(timestamp):
    data_requests.delete_old_chats()
    data_requests.delete_old_calls()
    data_requests.delete_old_mails()
