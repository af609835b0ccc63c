// @ts-check
// The shapes of the browser protocol, version 1; chat/protocol.py is its description. Types only.

/**
 * @typedef {{id: string, name: string, initials: string, color: number}} SessionFace how a payer is shown
 * @typedef {SessionFace & {provider: string, usable: boolean, reason: string, default_model: string, system_prompt: string,
 *   models_url: string, limited_until: string, limited_why: string}} Session
 * @typedef {{system: string, effort: string | null, thinking: string | null, max_tokens: number | null, temperature: number | null,
 *   cache: boolean | null}} ChatSettings what a conversation has beside session and model; null leaves it to the model
 * @typedef {{id: string, name: string, media_type: string, size: number, width: number | null, height: number | null}} FileView a file that the server has
 * @typedef {{prompt_bytes: number, frame_bytes: number, file_bytes: number, files_bytes: number, files: number}} Limits
 * @typedef {{protocol: number, socket: string, conversation: string | null, new_url: string, home_url: string,
 *   older_url: string, older: string, search_url: string, sought: string | null, send_url: string, again_url: string, compare_url: string, pick_url: string, beside_url: string,
 *   show_url: string, remove_url: string, branch_url: string, earlier_url: string,
 *   queue_url: string, settings_url: string, upload_url: string, estimate_url: string, stop_url: string, state: Frame | null, sessions: Session[], session: string | null, model: string, limits: Limits}} Bootstrap
 * @typedef {{input_tokens?: number, output_tokens?: number, cache_write_tokens?: number, cache_read_tokens?: number}} Usage
 * @typedef {{kind: string, message: string, request_id?: string | null, retry_after?: number | null, advice?: string}} Failure
 * @typedef {{type: string, [key: string]: any}} AnswerEvent an event of an answer; `type` tells which fields it has
 * @typedef {{type: "event", generation: string, seq: number, at: number, event: AnswerEvent}} EventFrame
 * @typedef {{type: string, [key: string]: any}} Frame any frame from the server
 * @typedef {{client_id: string, text: string, session: SessionFace, usable: boolean, model: string, attachments?: FileView[],
 *   not_before?: string | null, again?: boolean}} Queued a message that waits; `again`: it is in the thread and wants another answer
 * @typedef {{client_id: string, conversation: string, text: string, session: string, model: string | null, at: number, replaces?: string,
 *   wait?: boolean, files?: FileView[], settings?: Partial<ChatSettings>, payers?: {session: string, model: string | null}[]}} Sending `replaces`: the
 *   message of which it is another wording; `wait`: until a limit of the session has passed; `settings` are for a conversation that begins with it;
 *   `payers` answer side by side
 */
export {};
