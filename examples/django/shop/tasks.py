import time

from celery import shared_task
from celery.utils.log import get_task_logger

from .models import Order

log = get_task_logger(__name__)


@shared_task
def fulfil(number):
    """Takes as long as the order says."""
    order = Order.objects.get(pk=number)
    time.sleep(order.seconds)
    order.done = True
    order.save()
    log.info("order %s is done", number)


@shared_task
def count():
    log.info("%s orders wait", Order.objects.filter(done=False).count())
