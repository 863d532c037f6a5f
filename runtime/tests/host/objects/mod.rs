//! Objects over HTTP, on real servers, over SQLite and PostgreSQL: who may do what, and what editing them does.

mod committing;
mod editing;
mod levels;
mod microflows;
mod openapi;
mod reads;
mod site;
mod users;
mod writes;

/// Makes two tests of each function named: one for each database. Each gets a site of its own.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(crate::objects::site::Site::sqlite().await).await })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() { super::$test(crate::objects::site::Site::postgres().await).await })*
        }
    };
}
pub(crate) use on_both;
