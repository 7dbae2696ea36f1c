"""Questions that no page answers, in groups of those that ask the same."""

from django.db import models

from geoapp.crypto.fields import EncryptedTextField
from incidents.models.enquiry import Enquiry

UNANSWERED_MAX = 160  # characters of a question in a list


class UnansweredQuestionQuerySet(models.QuerySet["UnansweredQuestion"]):
    def current(self) -> "UnansweredQuestionQuerySet":
        """Without those that were answered by a page, refused or erased since they were counted."""
        unanswered = self.filter(enquiry__answer_page=None, enquiry__erased_at=None)
        return unanswered.exclude(enquiry__state=Enquiry.State.REFUSED)


class UnansweredQuestion(models.Model):
    """A question without a page, and the newest of those that ask the same.

    All rows are written again by `incidents.answers.unanswered`.
    """

    enquiry = models.OneToOneField(Enquiry, models.CASCADE, related_name="+")
    newest = models.ForeignKey(Enquiry, models.CASCADE, related_name="+", help_text="Of those that ask the same")
    text = EncryptedTextField(max_length=UNANSWERED_MAX, blank=True, help_text="Without what is personal")

    objects = UnansweredQuestionQuerySet.as_manager()

    def __str__(self):
        return f"{self.enquiry_id} as {self.newest_id}"
