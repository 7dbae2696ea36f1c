"""Jobs that count what cameras see and propose findings."""

from procrastinate.contrib.django import app

from cameras.detection import crowds, findings, making
from geoapp import queues


@app.periodic(cron="* * * * *")
@app.task(name="cameras.propose", queueing_lock="cameras.propose")
def propose(timestamp):
    findings.propose_from_states()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.count", queue=queues.PICTURES, queueing_lock="cameras.count", lock="cameras.count")
def count(timestamp):
    crowds.count_due_cameras()


@app.task(name="cameras.make_detector", queue=queues.BULK)
def make_detector() -> None:
    making.make_model()
