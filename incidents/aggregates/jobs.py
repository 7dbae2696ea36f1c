"""Jobs that keep the aggregates of incidents."""

from procrastinate.contrib.django import app

from incidents import aggregates


@app.periodic(cron="* * * * *")
@app.task(name="incidents.fold_sums", queueing_lock="incidents.fold_sums")
def fold_sums(timestamp):
    aggregates.fold_changes()
    while aggregates.place_months():
        pass
    last: int | None = 0
    while last is not None:
        last = aggregates.place_open(last)
