// Files that people send: which may be sent, and how the sandbox takes them.

const PICTURES = ["image/png", "image/jpeg", "image/gif"];
const MAX_PICTURE_BYTES = 10 * 1024 * 1024;
const MAX_FILE_BYTES = 50 * 1024 * 1024;

/** Why a file can't be sent, as a key of words; null when it can. */
export function checkFile(file) {
  if (file.size > MAX_FILE_BYTES) return "too.large";
  return file.size ? null : "empty.file";
}

/** The file as the sandbox takes it: a picture to look at, or a document. */
export async function readContent(file) {
  const content = await readBase64(file);
  if (PICTURES.includes(file.type) && file.size <= MAX_PICTURE_BYTES) return { photo: { content_base64: content } };
  return {
    document: { file_name: file.name, mime_type: file.type || "application/octet-stream", content_base64: content },
  };
}

/** A file's content as base64, as the sandbox takes it. */
function readBase64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
