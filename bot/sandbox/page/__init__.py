"""The chat page: a sandbox in a browser on the same machine. It imports nothing of the bot.

GET /                   the page; its files (plain ES modules, one style sheet, no build step) under /page/static/
GET /page/events        ?bot: the state, then every change, as server-sent events; see `stream`
GET /page/files/{id}    a file of a chat: images inline, others as downloads
GET /page/commands      ?chat_id&user_id: the command menu of that user in that chat
POST /page/scene        create the initial users and chats if they are missing

Users act through /sim/, as in every other client of a sandbox.
"""
