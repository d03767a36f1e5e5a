from django.db import models


class Order(models.Model):
    seconds = models.FloatField()
    done = models.BooleanField(default=False)
