"""Jobs that count what cameras see and propose findings."""

from procrastinate.contrib.django import app

from cameras.detection import crowds, findings, making
from geoapp import queues


@app.periodic(cron="* * * * *")
@app.task(name="cameras.propose", queueing_lock="cameras.propose")
def propose(timestamp):
    """Propose findings from camera states that have lasted ten minutes."""
    findings.propose_from_states()


@app.periodic(cron="* * * * *")
@app.task(name="cameras.count", queue=queues.PICTURES, queueing_lock="cameras.count", lock="cameras.count")
def count(timestamp):
    """Each minute: people and vehicles are counted before each camera, as many as there is time for."""
    crowds.count_due_cameras()


@app.task(name="cameras.make_detector", queue=queues.BULK)
def make_detector() -> None:
    """Fetch and convert the model that finds people and vehicles, as an administrator asked."""
    making.make_model()
