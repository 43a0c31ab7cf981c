"""A local stand-in for Telegram's Bot API, at least as strict as Telegram, and its users. It knows nothing of our bot.

The bot's side is Telegram's: `/bot<token>/<method>`, `/bot<token>/test/<method>`, `/file/bot<token>/<path>`. Every call
is checked against the API's description (aiogram's, read as source), text is parsed by Telegram's own parser (TDLib).
What is right but not simulated is refused with "… is not simulated", never quietly accepted.

The user's side is JSON over HTTP; `?bot=ID` picks a bot where there are several, the first one otherwise. Errors are
`{"error": "…"}` with 400 or 404. The person who speaks by default is the reader, id 1001.

POST /sim/messages   {chat_id?, user_id?, text | document {file_name, mime_type, content_base64} |
                     photo {content_base64} | location {latitude, longitude}, reply_to_message_id?,
                     message_thread_id?, is_anonymous? (an administrator in the supergroup's name),
                     forward_from_channel? {title?, username?, chat_id?, message_id?}}
                     → the message as the bot sees it, and in it `sandbox` {message_ids, event}. Over 4096 units
                     it goes out in several messages, as Telegram's apps do; the last one is answered.
PUT /sim/messages    {chat_id?, message_id, text}: a person edits their message → the same
POST /sim/press      {chat_id?, user_id?, message_id, button: text or data, times?} → {callback_query_id, event},
                     {url} for a link, {message_id, event} for a reply keyboard. `times` presses reach the bot
                     together. Only buttons on the screen can be pressed; with
                     forged_data instead of button it is what a client of one's own sends, under a message of the
                     bot's or under a card of inline mode.
GET /sim/wait        ?chat_id&after_message_id|after_event&timeout_s&settle_s: until the bot took all updates,
                     answered in the chat, types no more and was quiet for settle_s →
                     {timed_out, answered, messages, toasts, event}. Without `after…` it is what followed the last
                     thing that a person did there. `is_new` tells a new message from an edited one.
GET /sim/feed        ?chat_id&after_event&timeout_s: the same as soon as there is anything
POST /sim/inline     {query, user_id?, offset?, timeout_s?} → {inline_query_id, timed_out, results, …}
POST /sim/drop       {inline_query_id, result_id, chat_id?, user_id?}: send a card of that answer → as /sim/messages
GET /sim/chats       every chat; GET /sim/chats/{id}: one with its messages as they are on the screen
POST /sim/chats      {type: group|supergroup|forum|channel, chat_id?, title?, username?, members? [ids],
                     admins? [ids], bot_status?, bot_rights?} or {type: private, chat_id?, count?, has_started?}.
                     The bot is told nothing of it.
POST /sim/chats/{id}/{event}  with the updates that Telegram sends of it: block unblock deactivate;
                     add leave kick promote demote restrict {user_id?, by?, rights?} (the bot itself without
                     user_id); migrate; topic {name}; close_topic reopen_topic delete_topic {message_thread_id};
                     delete_message {message_id}; hide_message {message_id} (people see it, the bot does not)
POST /sim/users      {user_id?, first_name?, last_name?, username?, language_code?}
/sim/faults          POST one or a list of {kind, count?, method?, chat_id?}, GET what is left, DELETE all. Kinds:
                     status {code, description, parameters, body: raw HTML instead}, delay {seconds},
                     reset_during (the request is not read to its end, and is no call), reset_before, reset_after,
                     hang. Without a method it is any but getUpdates.
/sim/clock           GET {now, ahead_s}; ?known_ahead_s&timeout_s waits until the clock is moved. PUT {forward_s}
GET /sim/calls       ?method&since (a call's number): every call, its validity, problem, status and response
GET /sim/breaks      the calls that break the API's schema: method or parameter unknown, missing, of a wrong type
GET /sim/commands    the command menus
/sim/limits          GET, PUT {is_on?, overall_per_s?, chat_per_s?, chat_burst?, group_per_minute?, edit_burst?,
                     paid_per_s?, stars? (what the bot has for paid broadcasts)}
POST /sim/reset      {everything?}: all anew, but for what the bot set up at its start (menus, webhook)
"""
