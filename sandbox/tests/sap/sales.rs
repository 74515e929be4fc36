//! Schedule lines and quotations agree with the orders.

use rust_decimal::Decimal;

use crate::client::{KESTREL, ORDERS, Sap, distinct};

#[tokio::test]
async fn what_is_promised_of_an_item_is_at_most_what_was_ordered() {
    let sap = Sap::open().await;
    let business = sap.running.state.read().clone();
    let lines = business.orders.iter().flat_map(|order| &order.lines);
    let (mut parts, mut unknown) = (0, 0);
    for line in lines {
        let confirmed: Decimal = line.schedule.iter().map(|part| part.confirmed).sum();
        let ordered: Decimal = line.schedule.iter().map(|part| part.ordered).sum();
        assert_eq!(ordered, line.quantity);
        assert!(confirmed == line.quantity || confirmed.is_zero());
        assert!(line.schedule.iter().all(|part| part.on.is_some() != part.confirmed.is_zero()));
        parts += usize::from(line.schedule.len() > 1);
        unknown += usize::from(confirmed.is_zero());
    }
    assert!(parts > 100 && unknown > 5, "{parts} in parts, {unknown} not promised");
}

#[tokio::test]
async fn schedule_lines_are_expanded_under_the_items_they_are_of() {
    let sap = Sap::open().await;
    let path = format!(
        "{ORDERS}?$filter=SoldToParty eq '{KESTREL}'&$select=SalesOrder,to_Item/SalesOrderItem,to_Item/to_ScheduleLine\
         &$expand=to_Item,to_Item/to_ScheduleLine"
    );
    let orders = sap.rows(&path).await;
    assert!(!orders.is_empty());
    for order in &orders {
        for item in order["to_Item"]["results"].as_array().unwrap() {
            let lines = item["to_ScheduleLine"]["results"].as_array().unwrap();
            assert!(!lines.is_empty());
            for line in lines {
                assert_eq!(
                    (&line["SalesOrder"], &line["SalesOrderItem"]),
                    (&order["SalesOrder"], &item["SalesOrderItem"])
                );
            }
        }
    }
}

#[tokio::test]
async fn a_quotation_that_was_accepted_says_which_order_it_became() {
    let sap = Sap::open().await;
    let business = sap.running.state.read().clone();
    assert!(business.quotations.len() > 200, "{} quotations", business.quotations.len());
    for quotation in &business.quotations {
        assert_eq!(quotation.process == "C", quotation.order.is_some());
        let Some(number) = &quotation.order else { continue };
        let order = business.orders.iter().find(|order| order.number == *number).unwrap();
        assert_eq!((&order.sold_to, order.lines.len()), (&quotation.sold_to, quotation.lines.len()));
        assert!(quotation.date < order.placed);
    }
    let path = "API_SALES_QUOTATION_SRV/A_SalesQuotation?$filter=OverallSDProcessStatus eq 'C'\
                &$expand=to_Item,to_SubsequentProcFlowDoc&$top=20";
    for quotation in sap.rows(path).await {
        let followed = quotation["to_SubsequentProcFlowDoc"]["results"].as_array().unwrap();
        assert_eq!(distinct(followed, "SubsequentDocumentCategory").into_iter().collect::<Vec<_>>(), ["C"]);
        assert!(!quotation["to_Item"]["results"].as_array().unwrap().is_empty());
    }
}
