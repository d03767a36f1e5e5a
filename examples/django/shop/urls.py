from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_POST

from .models import Order
from .tasks import fulfil


def page(_):
    orders = Order.objects
    return HttpResponse(f"{orders.count()} orders, {orders.filter(done=True).count()} are done\n", content_type="text/plain")


@require_POST
def order(request):
    """Creates an order; a worker does it."""
    new = Order.objects.create(seconds=float(request.POST.get("seconds", "0")))
    fulfil.delay(new.pk)
    return HttpResponse(f"order {new.pk} is accepted\n", status=202, content_type="text/plain")


urlpatterns = [path("", page), path("orders", order)]
