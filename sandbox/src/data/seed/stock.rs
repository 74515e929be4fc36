//! What lies in the warehouses.

use rust_decimal::Decimal;

use crate::data::Product;
use crate::data::documents::Stock;

use super::random::Random;

/// Plants and their storage locations.
const PLACES: [(&str, &str); 3] = [("1010", "101A"), ("1010", "101B"), ("1710", "171A")];

/// The stock of every product: of some there is none, and some is blocked.
pub(super) fn all(products: &[Product]) -> Vec<Stock> {
    let mut random = Random::new(97);
    let mut stock = Vec::new();
    for product in products {
        for (plant, storage) in PLACES {
            let mut lying = |kind, most| {
                let quantity = Decimal::from(random.between(0, most));
                Stock { sku: product.sku.clone(), plant, storage, kind, quantity }
            };
            let (free, blocked) = (lying("01", 60), lying("07", 9));
            stock.extend([free, blocked].into_iter().filter(|stock| !stock.quantity.is_zero()));
        }
    }
    stock
}
