//! What a store around another one leaves to it.

/// Within `impl Store`: everything but look-ups of members, families and providers goes straight to the field `$store`.
macro_rules! leave_the_rest_to {
    ($store:ident) => {
        async fn plans(&self) -> $crate::store::Result<Vec<$crate::store::Plan>> {
            self.$store.plans().await
        }

        async fn partners(&self) -> $crate::store::Result<Vec<$crate::store::PartnerRow>> {
            self.$store.partners().await
        }

        async fn take_control_numbers(
            &self,
            series: &str,
            count: u32,
        ) -> $crate::store::Result<u32> {
            self.$store.take_control_numbers(series, count).await
        }

        async fn find_interchanges(
            &self,
            keys: &[$crate::store::InterchangeKey],
        ) -> $crate::store::Result<Vec<Option<$crate::store::InterchangeRow>>> {
            self.$store.find_interchanges(keys).await
        }

        async fn record_interchanges(
            &self,
            rows: Vec<$crate::store::InterchangeRow>,
        ) -> $crate::store::Result<Vec<$crate::store::InterchangeRow>> {
            self.$store.record_interchanges(rows).await
        }

        async fn generations(&self) -> $crate::store::Result<$crate::store::Generations> {
            self.$store.generations().await
        }
    };
}

pub(crate) use leave_the_rest_to;
