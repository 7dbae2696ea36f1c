from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_what_was_done_lately_is_found")]
    operations = [
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["authority", "due_at"], condition=Q(closed_at=None), name="open_at_a_desk"),
        ),
    ]
