"""DMS feeds: switch states in the forms that control centres send, each read into one and the same batch."""

from api.feeds.batch import Asked as Asked
from api.feeds.batch import Batch as Batch
from api.feeds.reading import MEDIA_TYPES as MEDIA_TYPES
from api.feeds.reading import read_batch as read_batch

__all__ = ["MEDIA_TYPES", "Asked", "Batch", "read_batch"]
