import os

SECRET_KEY = os.environ.get("SECRET_KEY", "change-me")
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "shop.urls"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/var/lib/shop/db.sqlite3", "OPTIONS": {"timeout": 20}}}

CELERY_BROKER_URL = "redis+socket:///run/redis/redis.sock"
CELERY_BEAT_SCHEDULE = {"count": {"task": "shop.tasks.count", "schedule": 2.0}}
