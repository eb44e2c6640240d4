/**
 * `message`: an input was accepted. `answer`: a question was answered (in the asker's journal; of a question from
 * outside, in the answering layer's). `note`: something happened within the layer. `refusal`: an input was refused,
 * `data` has the code. `gap`: entries before this one are no longer kept.
 */
export type EntryKind = 'message' | 'answer' | 'note' | 'refusal' | 'gap'
