-- The shop's customers at work: procedures in a database of their own, so that a region writes as fast as its server can.
CREATE DATABASE shop_load CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
USE shop_load;
DELIMITER //

-- A row number out of count; every tenth time one of the first few, which both regions then change at the same time.
CREATE FUNCTION pick(count INT, hot INT) RETURNS INT NOT DETERMINISTIC NO SQL
  RETURN 1 + FLOOR(RAND() * IF(RAND() < 0.1, hot, count)) //

-- INSERT … VALUES only: an INSERT … SELECT would lock the table's AUTO_INCREMENT counter.
CREATE PROCEDURE place_order(region VARCHAR(16), worker INT, entry INT) SQL SECURITY INVOKER
BEGIN
  DECLARE who VARCHAR(120) CHARACTER SET ascii DEFAULT CONCAT('customer', pick(20000, 50), '@example.com');
  DECLARE what CHAR(12);
  DECLARE customer, new_order BIGINT UNSIGNED;
  DECLARE product INT UNSIGNED;
  DECLARE unit_price, total DECIMAL(14,2) DEFAULT 0;
  DECLARE line INT DEFAULT 0;
  SELECT id INTO customer FROM shop.customers WHERE email = who;
  INSERT INTO shop.orders (customer_id, status, ordered, note) VALUES (customer, 'paid', NOW(6), CONCAT('from ', region));
  SET new_order = LAST_INSERT_ID();
  WHILE line < 1 + new_order MOD 3 DO
    SET line = line + 1, what = CONCAT('SKU-', LPAD(pick(2000, 40), 7, '0'));
    SELECT id, price INTO product, unit_price FROM shop.products WHERE sku = what;
    INSERT INTO shop.order_lines (order_id, line, product_id, quantity, price) VALUES (new_order, line, product, line, unit_price);
    UPDATE shop.stock SET quantity = quantity - line WHERE product_id = product AND warehouse = region;
    SET total = total + line * unit_price;
  END WHILE;
  INSERT INTO shop.payments (order_id, method, amount, reference, paid)
    VALUES (new_order, 1 + line MOD 4, total, UNHEX(MD5(CONCAT_WS(' ', region, worker, entry))), NOW(6));
END //

-- One transaction of a random kind; each leaves an entry in the audit log.
CREATE PROCEDURE work(region VARCHAR(16), worker INT, entry INT) SQL SECURITY INVOKER
BEGIN
  DECLARE kind DOUBLE DEFAULT RAND();
  DECLARE action VARCHAR(40);
  DECLARE product CHAR(12) DEFAULT CONCAT('SKU-', LPAD(pick(2000, 40), 7, '0'));
  DECLARE customer VARCHAR(120) CHARACTER SET ascii DEFAULT CONCAT('customer', pick(20000, 50), '@example.com');
  DECLARE payment BINARY(16) DEFAULT UNHEX(MD5(1 + 2 * pick(30000, 50)));
  DECLARE document BIGINT UNSIGNED DEFAULT 1 + 2 * pick(2000, 20);
  IF kind < 0.35 THEN
    SET action = 'order';
    CALL place_order(region, worker, entry);
  ELSEIF kind < 0.60 THEN
    SET action = 'count stock';
    UPDATE shop.stock s JOIN shop.products p ON p.id = s.product_id SET s.quantity = 500 + FLOOR(RAND() * 1000)
      WHERE p.sku = product AND s.warehouse = 'beijing';
  ELSEIF kind < 0.75 THEN
    SET action = 'customer';
    UPDATE shop.customers SET balance = balance + ROUND(RAND() * 100, 4), city = CONCAT('搬家 ', region), tier = 1 + entry MOD 3 WHERE email = customer;
  ELSEIF kind < 0.85 THEN
    SET action = 'payment';
    UPDATE shop.payments SET method = 1 + entry MOD 4, amount = amount + 0.01 WHERE reference = payment;
  ELSEIF kind < 0.88 THEN
    SET action = 'refund';
    DELETE FROM shop.payments WHERE reference = payment;
  ELSEIF kind < 0.95 THEN
    SET action = 'read document';
    UPDATE shop.documents SET body = JSON_SET(body, '$.views', entry, '$.reader', region) WHERE id = document;
  ELSE
    SET action = 'new customer';
    INSERT INTO shop.customers (email, name, city, registered) VALUES (CONCAT_WS('-', region, worker, entry, '@example.com'), '新客户 🎉', region, NOW(3));
    INSERT INTO shop.documents (customer_id, title, body, scan)
      VALUES (LAST_INSERT_ID(), 'Welcome', JSON_OBJECT('from', region, 'entry', entry), RANDOM_BYTES(64));
  END IF;
  INSERT INTO shop.audit_log (region, worker, entry, action, at) VALUES (region, worker, entry, action, NOW(6));
END //

-- Works for some seconds at a steady pace; returns the numbers of transactions done and of those given up for a deadlock.
CREATE PROCEDURE run(region VARCHAR(16), worker INT, seconds INT, per_second INT) SQL SECURITY INVOKER
BEGIN
  DECLARE begun DATETIME(6) DEFAULT SYSDATE(6);
  DECLARE entry, given_up INT DEFAULT 0;
  DECLARE elapsed DOUBLE DEFAULT 0;
  WHILE elapsed < seconds DO
    SET entry = entry + 1;
    BEGIN
      DECLARE EXIT HANDLER FOR 1213, 1205
      BEGIN
        ROLLBACK;
        SET given_up = given_up + 1;
      END;
      START TRANSACTION;
      CALL work(region, worker, entry);
      COMMIT;
    END;
    SET elapsed = TIMESTAMPDIFF(MICROSECOND, begun, SYSDATE(6)) / 1e6;
    IF entry / per_second > elapsed THEN
      DO SLEEP(entry / per_second - elapsed);
    END IF;
  END WHILE;
  SELECT entry - given_up AS transactions, given_up;
END //
DELIMITER ;
