"""Paths of the chat pages."""

from __future__ import annotations

from django.urls import path

from chat import attachment_views, conversation_views, search_views, usage_views, views

app_name = "chat"
urlpatterns = [
    path("", views.home, name="home"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/thread/", views.branch, name="branch"),
    path("c/<uuid:conversation_id>/earlier/", views.earlier, name="earlier"),
    path("c/<uuid:conversation_id>/rename/", conversation_views.rename, name="rename"),
    path("c/<uuid:conversation_id>/pin/", conversation_views.pin, name="pin"),
    path("c/<uuid:conversation_id>/archive/", conversation_views.archive, name="archive"),
    path("c/<uuid:conversation_id>/delete/", conversation_views.delete, name="delete"),
    path("c/<uuid:conversation_id>/restore/", conversation_views.restore, name="restore"),
    path("c/<uuid:conversation_id>/erase/", conversation_views.erase, name="erase"),
    path("c/<uuid:conversation_id>/usage/", usage_views.conversation_usage, name="usage"),
    path("chat/archived/", conversation_views.archived, name="archived"),
    path("chat/search/", search_views.find, name="search"),
    path("chat/conversations/", conversation_views.older, name="older"),
    path("chat/send/", views.send, name="send"),
    path("chat/compare/", views.compare, name="compare"),
    path("chat/pick/", views.pick, name="pick"),
    path("chat/again/", views.again, name="again"),
    path("chat/show/", views.show, name="show"),
    path("chat/remove/", views.remove, name="remove"),
    path("chat/queue/", views.change_queue, name="queue"),
    path("chat/estimate/", views.estimate, name="estimate"),
    path("chat/settings/", views.change_settings, name="settings"),
    path("chat/attachments/", attachment_views.upload, name="upload"),
    path("chat/attachments/<uuid:attachment_id>/", attachment_views.attachment, name="attachment"),
    path("chat/running/", views.running, name="running"),
    path("chat/generations/<uuid:generation_id>/beside/", views.beside, name="beside"),
    path("chat/generations/<uuid:generation_id>/stop/", views.stop, name="stop"),
]
