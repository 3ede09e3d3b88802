//! The playground's page: static files that know nothing of what this process serves.

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};

/// One file of the page.
#[derive(Debug)]
struct File {
    /// Its path below the page.
    path: &'static str,
    /// What tells its content from any other.
    tag: &'static str,
    /// Its content, compressed.
    gzip: &'static [u8],
}

type Files = &'static [File];

/// The page that this binary was built with; empty if there was none.
const FILES: Files = include!(concat!(env!("OUT_DIR"), "/playground.rs"));

const MISSING: &str = "this binary was built without the playground: run `cargo xtask dist`, which builds both\n";

/// The page loads and asks nothing but its own files, and compiles its own WebAssembly.
const SECURITY: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// Everything below `/playground/`.
pub fn playground<S: Clone + Send + Sync + 'static>() -> Router<S> {
    serving(FILES)
}

fn serving<S: Clone + Send + Sync + 'static>(files: Files) -> Router<S> {
    let index = async move |headers: HeaderMap| answer(files, "index.html", &headers);
    let file = async move |Path(path): Path<String>, headers: HeaderMap| answer(files, &path, &headers);
    Router::new()
        .route("/playground", get(async || Redirect::permanent("playground/")))
        .route("/playground/", get(index))
        .route("/playground/{*path}", get(file))
}

fn answer(files: Files, path: &str, headers: &HeaderMap) -> Response {
    let Some(file) = files.iter().find(|file| file.path == path) else {
        let why = if files.is_empty() { MISSING } else { "no such file\n" };
        return (StatusCode::NOT_FOUND, SECURITY, why).into_response();
    };
    let caching = [(header::ETAG, file.tag), (header::CACHE_CONTROL, file.caching())];
    if is_known(file.tag, headers) {
        return (StatusCode::NOT_MODIFIED, SECURITY, caching).into_response();
    }
    let content = [(header::CONTENT_TYPE, file.kind()), (header::CONTENT_ENCODING, "gzip")];
    (SECURITY, caching, content, file.gzip).into_response()
}

fn is_known(tag: &str, headers: &HeaderMap) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known
        .filter_map(|value| value.to_str().ok())
        .flat_map(|tags| tags.split(','));
    known.any(|known| known.trim().trim_start_matches("W/") == tag || known.trim() == "*")
}

impl File {
    /// The names below `assets/` hold a digest of what is in them.
    fn caching(&self) -> &'static str {
        if self.path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }
    }

    fn kind(&self) -> &'static str {
        match self.path.rsplit('.').next() {
            Some("html") => "text/html; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("wasm") => "application/wasm",
            Some("svg") => "image/svg+xml",
            Some("png") => "image/png",
            Some("json") => "application/json",
            Some("webmanifest") => "application/manifest+json",
            Some("txt" | "yaml") => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Method, Request},
    };
    use http_body_util::BodyExt as _;
    use tower::ServiceExt as _;

    use super::*;

    const PAGE: Files = &[
        File {
            path: "assets/engine-1a2b.wasm",
            tag: "\"2\"",
            gzip: b"engine",
        },
        File {
            path: "index.html",
            tag: "\"1\"",
            gzip: b"page",
        },
    ];

    async fn ask(files: Files, request: axum::http::request::Builder) -> Response {
        let request = request.body(Body::empty()).unwrap();
        serving::<()>(files).oneshot(request).await.unwrap()
    }

    async fn get(path: &str) -> Response {
        ask(PAGE, Request::get(path)).await
    }

    async fn body(response: Response) -> Vec<u8> {
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    #[tokio::test]
    async fn the_folder_is_the_page() {
        let response = get("/playground").await;
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        assert_eq!(response.headers()[header::LOCATION], "playground/");
        let response = get("/playground/").await;
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
        assert_eq!(headers[header::CONTENT_ENCODING], "gzip");
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
        assert_eq!(body(response).await, b"page");
    }

    #[tokio::test]
    async fn a_file_whose_name_changes_with_it_is_kept() {
        let response = get("/playground/assets/engine-1a2b.wasm").await;
        let headers = response.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "application/wasm");
        assert_eq!(headers[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(body(response).await, b"engine");
    }

    #[tokio::test]
    async fn what_the_browser_has_is_not_sent_again() {
        for known in ["\"1\"", "\"0\", W/\"1\"", "*"] {
            let response = ask(PAGE, Request::get("/playground/").header(header::IF_NONE_MATCH, known)).await;
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert_eq!(response.headers()[header::ETAG], "\"1\"");
            assert_eq!(body(response).await, b"");
        }
        let response = ask(
            PAGE,
            Request::get("/playground/").header(header::IF_NONE_MATCH, "\"2\""),
        )
        .await;
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn every_answer_is_guarded() {
        for path in ["/playground/", "/playground/absent"] {
            let response = get(path).await;
            for (name, value) in SECURITY {
                assert_eq!(response.headers()[&name], value, "{path}");
            }
        }
    }

    #[tokio::test]
    async fn nothing_but_the_files_can_be_asked_for() {
        for path in [
            "/playground/assets",
            "/playground/assets/../index.html",
            "/playground/%2e%2e/%2e%2e/etc/passwd",
            "/playground//index.html",
        ] {
            assert_eq!(get(path).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }

    #[tokio::test]
    async fn it_can_only_be_read() {
        let head = ask(PAGE, Request::head("/playground/")).await;
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(body(head).await, b"");
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let response = ask(PAGE, Request::builder().method(method).uri("/playground/")).await;
            assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        }
    }

    #[tokio::test]
    async fn without_a_page_it_says_how_to_get_one() {
        let response = ask(&[], Request::get("/playground/")).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let said = String::from_utf8(body(response).await).unwrap();
        assert!(said.contains("cargo xtask dist"), "{said}");
    }
}
