// Outgoing files: size limits and encoding for the sandbox.
// The limits are those of the Bot API: 10 MB for photos, 50 MB for other files.

const PICTURES = ["image/png", "image/jpeg", "image/gif"];
const MAX_PICTURE_BYTES = 10 * 1024 * 1024;
const MAX_FILE_BYTES = 50 * 1024 * 1024;

/** Return the word key of the reason why a file cannot be sent, or null. */
export function checkFile(file) {
  if (file.size > MAX_FILE_BYTES) return "too.large";
  return file.size ? null : "empty.file";
}

/** Return the file as message content: a photo if its type and size allow, otherwise a document. */
export async function readContent(file) {
  const content = await readBase64(file);
  if (PICTURES.includes(file.type) && file.size <= MAX_PICTURE_BYTES) return { photo: { content_base64: content } };
  return {
    document: { file_name: file.name, mime_type: file.type || "application/octet-stream", content_base64: content },
  };
}

function readBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
