"""The chat page: what people see of a sandbox, in a browser on the same machine. It knows nothing of our bot.

GET /                   the page; its files (plain ES modules, one style sheet, no build step) under /page/static/
GET /page/events        ?bot: what there is, then every change, as server-sent events; see `stream`
GET /page/files/{id}    a file of a chat, pictures to show, others to save
GET /page/commands      ?chat_id&user_id: the command menu as that person sees it there
POST /page/scene        make the people and chats to begin with, where they are missing

What people do goes through /sim/, as it does for every other user of a sandbox.
"""
