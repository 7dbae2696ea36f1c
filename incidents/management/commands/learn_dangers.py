"""Train the model that detects danger in texts from the sentences that ship with it."""

from django.core.management.base import BaseCommand

from incidents.reporting.dangers import model, training


class Command(BaseCommand):
    help = "Learn the sentences of incidents/reporting/dangers."

    def handle(self, **options):
        sentences = training.collect_sentences()
        model.FILE.write_bytes(training.train(sentences).to_bytes())
        self.stdout.write(f"{len(sentences)} sentences learned.")
