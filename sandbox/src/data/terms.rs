//! What customers pay and where their goods come from: what SAP works out when it simulates an order.

use rust_decimal::Decimal;

use super::seed::currency;
use super::{Business, Company, Product};

/// Discounts for quantities: from so many on, in percent.
const SCALE: [(i64, i64); 2] = [(50, 6), (10, 3)];
/// Days until what is not in stock can leave.
pub const REPLENISHED_IN: i64 = 14;

impl Business {
    /// The company of a debtor.
    pub fn company_of(&self, debtor: &str) -> Option<&Company> {
        self.companies.iter().find(|company| company.debtors.iter().any(|known| known == debtor))
    }

    /// The product of that number.
    pub fn product(&self, sku: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.sku == sku)
    }

    /// What may be taken of a product in a plant.
    pub fn stock_of(&self, sku: &str, plant: &str) -> Decimal {
        let free = self.stock.iter().filter(|stock| stock.kind == "01" && stock.plant == plant && stock.sku == sku);
        free.map(|stock| stock.quantity).sum()
    }
}

impl Company {
    /// The plant that delivers to it.
    pub fn plant(&self) -> &'static str {
        if self.country == "US" { "1710" } else { "1010" }
    }

    /// SAP's customer price group, and its discount in percent.
    pub fn price_group(&self) -> (&'static str, i64) {
        match self.id % 3 {
            0 => ("01", 0),
            1 => ("02", 8),
            _ => ("03", 15),
        }
    }

    /// What it pays for a quantity, in its own currency, without tax.
    pub fn net(&self, product: &Product, quantity: Decimal) -> Decimal {
        let (rate, decimals) = currency(self.currency);
        let scale = SCALE.iter().find(|(from, _)| quantity >= Decimal::from(*from)).map_or(0, |(_, percent)| *percent);
        let kept = |percent: i64| Decimal::new(100 - percent, 2);
        (product.price * rate * kept(self.price_group().1) * kept(scale) * quantity).round_dp(decimals)
    }
}
