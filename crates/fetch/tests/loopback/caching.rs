//! What is in the cache, and those that want it at once.

use std::fs;
use std::thread;

use fetch::{FetchError, fetch};

use crate::server::{Reply, Server};
use crate::{
    DESCRIPTION, PARQUET, assert_whole, digest, iris, names, parquet, parquet_server, readable,
    request, source,
};

fn server(file: &[u8]) -> Server {
    let body = file.to_vec();
    parquet_server(move |_, _| Reply::new(200, &[], &body))
}

#[test]
fn what_is_in_the_cache_needs_no_server() {
    let file = parquet(0);
    let server = server(&file);
    let cache = tempfile::tempdir().unwrap();
    let source = source(&server);
    let get = |digest: Option<&str>| {
        fetch(&source, &request(digest), cache.path(), &mut readable, &mut |_, _| {}).unwrap()
    };
    let first = get(None);
    drop(server);
    for digest in [None, Some(first.blake3.as_str())] {
        let again = get(digest);
        assert!(again.from_cache);
        assert_whole(&again, &file);
        assert_eq!(again.description, first.description);
    }
}

#[test]
fn only_a_description_that_is_missing_or_broken_is_asked_for() {
    let file = parquet(0);
    let server = server(&file);
    let cache = tempfile::tempdir().unwrap();
    iris(&server, cache.path()).unwrap();
    let description = cache.path().join("openml-61.json");
    fs::remove_file(&description).unwrap();
    assert!(iris(&server, cache.path()).unwrap().from_cache);
    fs::write(&description, b"{").unwrap();
    let again = iris(&server, cache.path()).unwrap();
    assert!(again.from_cache);
    assert_whole(&again, &file);
    assert_eq!((server.asked(DESCRIPTION).len(), server.asked(PARQUET).len()), (3, 1));
}

#[test]
fn a_file_in_the_cache_that_is_another_is_named_and_stays() {
    let server = server(&parquet(0));
    let cache = tempfile::tempdir().unwrap();
    let fetched = iris(&server, cache.path()).unwrap();
    let wanted = request(Some(&digest(b"another")));
    let error =
        fetch(&source(&server), &wanted, cache.path(), &mut readable, &mut |_, _| {}).unwrap_err();
    assert!(matches!(&error, FetchError::CachedDigest { path, .. } if *path == fetched.path));
    assert!(error.to_string().ends_with("delete the file to have it downloaded again"));
    assert!(fetched.path.exists());
}

#[test]
fn two_at_once_download_one_file() {
    let file = parquet(0);
    let server = server(&file);
    let cache = tempfile::tempdir().unwrap();
    let get = || iris(&server, cache.path()).unwrap();
    let fetched =
        thread::scope(|scope| [scope.spawn(get), scope.spawn(get)].map(|t| t.join().unwrap()));
    for fetched in &fetched {
        assert_whole(fetched, &file);
    }
    assert_ne!(fetched[0].from_cache, fetched[1].from_cache);
    assert_eq!((server.asked(DESCRIPTION).len(), server.asked(PARQUET).len()), (1, 1));
}

#[test]
fn a_cache_that_cannot_be_written_is_named() {
    let server = server(&parquet(0));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    let below = file.join("cache");
    let error = iris(&server, &below).unwrap_err();
    assert!(matches!(&error, FetchError::Folder { path, .. } if *path == below), "{error}");
    assert!(error.to_string().contains("choose a cache you may write to"), "{error}");
    assert!(server.asked(DESCRIPTION).is_empty());

    // A folder where a file should be stops even those who may write anywhere.
    let part = folder.path().join("openml-61.part.parquet");
    fs::create_dir(&part).unwrap();
    let error = iris(&server, folder.path()).unwrap_err();
    assert!(matches!(&error, FetchError::Write { path, .. } if *path == part), "{error}");
    assert_eq!(names(folder.path()), ["file", "openml-61.json", "openml-61.part.parquet"]);
}

#[cfg(unix)]
#[test]
fn a_cache_that_is_only_read_is_enough_for_what_is_in_it() {
    use std::os::unix::fs::PermissionsExt;
    let file = parquet(0);
    let server = server(&file);
    let cache = tempfile::tempdir().unwrap();
    iris(&server, cache.path()).unwrap();
    let allow = |mode| fs::set_permissions(cache.path(), fs::Permissions::from_mode(mode)).unwrap();
    allow(0o555);
    let again = iris(&server, cache.path());
    allow(0o755);
    assert!(again.unwrap().from_cache);
}
