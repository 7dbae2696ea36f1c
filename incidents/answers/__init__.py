"""Find the public page that answers a question. Who shows pages asks `search`, and `Answer.objects.public()`."""
